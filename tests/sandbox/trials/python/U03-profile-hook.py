import sys
def hook(frame, event, arg):
    print(event, frame.f_code.co_name, getattr(arg,'__name__',None))
sys.setprofile(hook)
def f(): return len('a')
f()
sys.exit(3)
