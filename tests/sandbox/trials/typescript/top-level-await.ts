const v = await Promise.resolve(3);
console.log(v, import.meta.url.split('/').pop(), import.meta.filename?.split('/').pop(), process.argv[1]?.split('/').pop());
export {};
