enum Color { Red, Green = 5, Blue }
enum Color { Black = 10 }
enum Mixed { No = 0, Yes = 'YES', Len = 'abc'.length, Bit = 1 << 3, Both = Bit | 1 }
const enum Inline { A = 1, B = A * 2 }
declare enum Nowhere { X = 3 }
const enum Text { Hello = `he${'llo'}` }
console.log(Color, Color[5], Color.Black, Mixed, Inline.B, Text.Hello, Nowhere.X);
console.log(Object.keys(Color), (Color as any)['Green']);
export enum Exported { One = 1 }
console.log(Exported[1]);
