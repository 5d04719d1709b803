import sys
def f():
    print('\ud800')
try: f()
except UnicodeEncodeError as e: import traceback; traceback.print_exc()
sys.setrecursionlimit('a')
