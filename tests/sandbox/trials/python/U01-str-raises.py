class E(Exception):
    def __str__(self): raise ValueError('inner')
    def __repr__(self): raise ValueError('inner')
raise E('x')
