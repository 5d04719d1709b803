class E(Exception):
    def __getattribute__(self, name): raise SystemExit(0)
raise E('x')
