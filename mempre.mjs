process.on('SIGUSR2', () => { const m = process.memoryUsage(); for (const k in m) m[k] = +(m[k] / 1048576).toFixed(0); process.stderr.write('MEM ' + JSON.stringify(m) + '\n'); });
