console.log(process.argv[1]?.split('/').pop(), __filename.split('/').pop(), require.main?.filename.split('/').pop(), process.argv.length);
