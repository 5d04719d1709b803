type A = { a: 1 }; const f = <T>(x: T) => x; console.log(f<A>({ a: 1 }));
