import builtins, sys
from builtins import setattr as set_attribute
for name in list(vars(builtins)):
    if not name.startswith('__') and name != 'setattr': set_attribute(builtins, name, None)
sys.exit(3)
