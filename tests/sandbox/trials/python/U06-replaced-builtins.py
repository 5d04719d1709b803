import builtins
builtins.print = builtins.isinstance = builtins.BaseException = lambda *a: 1/0
raise ValueError('no')
