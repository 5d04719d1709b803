import sys
sys.modules['traceback'] = None; sys.modules.clear()
raise ValueError('gone')
