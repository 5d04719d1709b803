import sys
sys.excepthook = lambda *a: sys.exit(3)
raise ValueError
