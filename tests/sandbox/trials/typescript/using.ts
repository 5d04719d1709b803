const open = (n: string) => ({ n, [Symbol.dispose]() { console.log('close', n); } });
function f() { using a = open('a'); using b = open('b'), c = null; console.log('body', a.n, b.n, c); return 'ret'; }
console.log(f());
try { using x = { [Symbol.dispose]() { throw new Error('dispose'); } }; throw new Error('body'); } catch (e: any) { console.log(e.name, e.error?.message, e.suppressed?.message); }
async function g() { await using r = { async [Symbol.asyncDispose]() { console.log('async close'); } }; console.log('in g'); for (using q of [open('q1'), open('q2')]) console.log(q.n); }
g().then(() => console.log('done'));
