import atexit, sys
atexit.register(lambda: sys.exit(0))
sys.exit(3)
