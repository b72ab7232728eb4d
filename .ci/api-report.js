import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

/**
 * Compares what the package exports with the reports in `api/`, which are reviewed as code is; with `--update` it
 * writes them. It reads `dist/`.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const update = process.argv.includes('--update');

/** Whether the entry is as its report says. */
function isAsReported(entry) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `<projectFolder>/dist/src/${entry}.d.ts`,
      compiler: { tsconfigFilePath: '<projectFolder>/tsconfig.build.json' },
      apiReport: {
        enabled: true,
        reportFileName: `${entry}.api.md`,
        reportFolder: '<projectFolder>/api/',
        reportTempFolder: '<projectFolder>/dist/api/',
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        // What is exported is what is public, with all that it mentions; its tags are Nest's.
        extractorMessageReporting: {
          default: { logLevel: 'error' },
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}package.json`,
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      if (!['error', 'warning'].includes(message.logLevel)) message.handled = true;
    },
  });
  if (apiReportChanged && !update) {
    process.stdout.write(
      `api/${entry}.api.md is not what ${entry} exports: npm run api:update, and look at the difference\n`,
    );
  }
  return succeeded && (update || !apiReportChanged);
}

/** What package.json exports. */
const entries = ['nest-ciam', 'nest-ciam-testing', 'nest-ciam-conformance'];
if (!entries.map(isAsReported).every(Boolean)) process.exitCode = 1;
