import { cancel, confirm, isCancel, select, text } from '@clack/prompts'
import type { Answers } from './answers.js'
import { appFault } from './app-name.js'

/** The answers that the command line leaves open, asked one after another; `undefined` where the person gives up. */
export async function ask(given: Partial<Answers>, suggested: Answers): Promise<Answers | undefined> {
  const app =
    given.app ??
    (await text({
      message: 'A name for this application? It is part of every data key, and can never be changed.',
      initialValue: suggested.app,
      validate: (name) => appFault(name ?? ''),
    }))
  if (isCancel(app)) return stopped()
  const kms =
    given.kms ??
    (await select<Answers['kms']>({
      message: 'Where are the keys?',
      options: [
        { value: 'local', label: 'in a file, for development', hint: 'no AWS account is needed' },
        { value: 'aws', label: 'in AWS KMS' },
      ],
    }))
  if (isCancel(kms)) return stopped()
  const region =
    given.region ??
    (kms === 'aws' ? await text({ message: 'In which AWS Region?', initialValue: suggested.region }) : suggested.region)
  if (isCancel(region)) return stopped()
  const keys =
    given.keys ??
    (await confirm({
      message: 'Keep data keys in a table of the database? Values are then a quarter as long. It adds two models.',
    }))
  if (isCancel(keys)) return stopped()
  return { app, kms, region, keys }
}

/** Whether to write what was shown. */
export async function confirmed(): Promise<boolean> {
  return (await confirm({ message: 'Write this?' })) === true
}

function stopped(): undefined {
  cancel('Nothing was written.')
}
