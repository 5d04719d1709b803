const name = 'mine'; const require2 = 1; const status = 2; var event = 3; const module2 = {}; const self = 1; const process2 = 1; const Buffer = 7;
console.log(name, status, event, self, Buffer);
