import sys
def hook(frame, event, arg): 
    print(event, frame.f_code.co_name, getattr(arg,'__name__',None))
    return hook
sys.settrace(hook)
def f(): return 1
f()
raise ValueError('x')
