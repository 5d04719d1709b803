class A { accessor x = 1; static accessor y = 'st'; accessor #z = 3; get z() { return this.#z; } accessor ['comp' + 1] = 4; }
const a = new A(); a.x += 2; A.y += '!';
console.log(a.x, A.y, a.z, (a as any).comp1, Object.keys(a), Object.getOwnPropertyNames(A.prototype));
