import sys
def hook(*a): raise ValueError('prof')
def g(): sys.setprofile(hook)
g()
sys.exit(4)
