// Loaded into Node by `mockserver run` (NODE_OPTIONS): most clients of Node ignore HTTPS_PROXY. Connections to the
// vendors' hosts lead to the server, which reads the host from TLS or the Host header; other hosts are refused.
'use strict'
const net = require('node:net')
const config = __CONFIG__
const vendors = config.hosts.map((pattern) => new RegExp(`^(?:${pattern})$`))
const original = net.Socket.prototype.connect

function isLoopback(host) {
  return /^(|localhost|.*\.localhost|127\..*|::1|::ffff:127\..*|0\.0\.0\.0|::)$/.test(host)
}

function isPassed(host) {
  return config.passes.some((one) => host === one || (one.startsWith('.') && host.endsWith(one)))
}

net.Socket.prototype.connect = function connect(...args) {
  const given = Array.isArray(args[0]) ? args[0][0] : args[0]
  const isObject = typeof given === 'object' && given !== null
  if (isObject ? given.path : typeof given === 'string' && Number.isNaN(Number(given))) {
    return original.apply(this, args) // a Unix socket
  }
  const named = isObject ? given.host : typeof args[1] === 'string' ? args[1] : ''
  const host = String(named || '').toLowerCase().replace(/\.$/, '')
  if (vendors.some((one) => one.test(host))) {
    const there = { host: '127.0.0.1', port: config.port }
    if (Array.isArray(args[0])) args[0][0] = { ...given, ...there, lookup: undefined }
    else if (isObject) args[0] = { ...given, ...there, lookup: undefined }
    else [args[0], args[1]] = [there.port, there.host]
  } else if (!isLoopback(host) && !isPassed(host)) {
    const where = `${host.includes(':') ? `[${host}]` : host}:${isObject ? given.port : given}`
    const fix = `name its vendor (--host-map ${host}=VENDOR) or let it pass (--pass ${host})`
    const error = new Error(`mockserver run does not connect to ${where}, which is not a vendor's host; ${fix}`)
    error.code = 'ECONNREFUSED'
    this.connecting = true
    const report = original.call(new net.Socket(), { host: '127.0.0.1', port: config.port })
    const end = () => report.destroy() && this.destroy(error)
    report.once('data', end).once('error', end).write(`CONNECT ${where} HTTP/1.1\r\n\r\n`) // which counts it
    return this
  }
  return original.apply(this, args)
}
