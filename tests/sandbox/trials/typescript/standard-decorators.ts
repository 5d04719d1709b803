function logged<This, Args extends any[], R>(value: (this: This, ...args: Args) => R, context: ClassMethodDecoratorContext) { context.addInitializer(function () { console.log('init', String(context.name)); }); return function (this: This, ...args: Args): R { console.log('call', context.kind, context.static); return value.apply(this, args); }; }
function double(_: undefined, context: ClassFieldDecoratorContext) { return (v: number) => v * 2; }
function sealed<T extends new (...a: any[]) => object>(c: T, ctx: ClassDecoratorContext) { return class extends c { extra = 1; }; }
@sealed class K { @double n = 21; @logged m(a: number) { return a + this.n; } @logged static s() { return 0; } }
console.log(new K().m(1), K.s(), new K(), K.name);
