import sys
class H:
    def __call__(self, *a): raise ValueError('hook')
sys.excepthook = H()
raise KeyError('k')
