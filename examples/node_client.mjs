// Finds audiences of Ortto by name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy.
const API = 'https://api.ap3api.com/v1/audiences/get'

async function find(name, attempts = 2) {
  const headers = { 'X-Api-Key': process.env.ORTTO_API_KEY, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ search_term: name, limit: 1 })
  const reply = await fetch(API, { method: 'POST', headers, body })
  if (reply.status === 503 && attempts > 1) return find(name, attempts - 1)
  if (!reply.ok) throw new Error(`Ortto answered ${reply.status}`)
  return (await reply.json())[0].name
}

console.log(await find(process.argv[2]))
