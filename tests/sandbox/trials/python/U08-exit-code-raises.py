import sys
class C(SystemExit):
    @property
    def code(self): raise ValueError
raise C(0)
