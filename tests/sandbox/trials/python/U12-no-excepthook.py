import sys, traceback
traceback.format_exception_only = traceback.print_exception = None
del sys.excepthook
raise ValueError('q')
