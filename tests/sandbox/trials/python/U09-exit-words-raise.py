import sys
class X:
    def __str__(self): raise KeyError
sys.exit(X())
