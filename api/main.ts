import { createApp } from './app.ts'
import { greeting } from './greeting.ts'
import { readEnvironment } from './platform/environment.ts'
import { closeOnSignal, loadEnvFile, runProgram } from './platform/process.ts'

await runProgram(async () => {
  loadEnvFile()
  const app = await createApp(readEnvironment(process.env))
  closeOnSignal(app.close)
  console.log(greeting(app))
})
