# Finds audiences of Ortto by name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy.
require 'json'
require 'net/http'

API = URI('https://api.ap3api.com/v1/audiences/get')

def find(name, attempts = 2)
  headers = { 'X-Api-Key' => ENV.fetch('ORTTO_API_KEY'), 'Content-Type' => 'application/json' }
  reply = Net::HTTP.post(API, JSON.generate(search_term: name, limit: 1), headers)
  return find(name, attempts - 1) if reply.code == '503' && attempts > 1

  raise "Ortto answered #{reply.code}" unless reply.is_a?(Net::HTTPSuccess)

  JSON.parse(reply.body).first['name']
end

puts find(ARGV[0])
