// Calls Ortto at its own host with axios, which uses `node:https` rather than fetch.
import axios from 'axios'

const client = axios.create({ baseURL: 'https://api.ap3api.com', headers: { 'X-Api-Key': process.env.KEY } })
const { data, status } = await client.post('/v1/audiences/get', { limit: 1 })
const wrong = await client.post('/v1/audiences/none', {}).catch((error) => error.response.status)
const other = await client.get('https://api.example.com/').catch((error) => error.message)
console.log(JSON.stringify({ status, count: data.length, wrong, other }))
