// Signs calls with `@fcus/oauth-1-header` and sends them to Spotler's own host: `spotler_header.cjs NODE_MODULES`.
'use strict'
const { OAuth } = require(`${process.argv[2]}/@fcus/oauth-1-header`)

const BASE = 'https://restapi.mailplus.nl/integrationservice'
const consumer = { key: process.env.KEY, secret: process.env.SECRET }

async function send(method, path, query, body) {
  const url = `${BASE}${path}${query ? `?${new URLSearchParams(query)}` : ''}`
  const headers = { Authorization: OAuth.authorize({ method, url, query }, { consumer }), Accept: 'application/json' }
  if (body) headers['Content-Type'] = 'application/json'
  const reply = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
  return reply.status
}

async function main() {
  const contact = { externalId: 'c 1', properties: { email: 'jan+x@example.com', firstName: 'Jan' } }
  const statuses = [
    await send('POST', '/contact', undefined, { update: true, purge: false, contact }),
    await send('GET', '/contact/c%201'),
    await send('GET', '/contact/search', { pageSize: '1', MPSearchQuery: 'email=jan+x@example.com' }),
  ]
  consumer.secret += 'x'
  statuses.push(await send('GET', '/contact/c%201'))
  console.log(JSON.stringify(statuses))
}

main()
