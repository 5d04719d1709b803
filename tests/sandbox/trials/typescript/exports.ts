console.log(typeof later); var later = 1; export { later as renamed, later as default }; console.log(exports.renamed, exports.default);
