interface Point { x: number; y: number }


enum Filler { A, B, C }
function deep(p: Point): never {
  throw new RangeError(`bad ${p.x as number}`);
}
function outer() { const q: Point = { x: 1, y: Filler.B }; deep(q); }
outer();
