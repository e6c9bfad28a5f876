<?php
// Finds audiences of Ortto by name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy.
function find(string $name, int $attempts = 2): string
{
    $call = curl_init('https://api.ap3api.com/v1/audiences/get');
    curl_setopt_array($call, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_POSTFIELDS => json_encode(['search_term' => $name, 'limit' => 1]),
        CURLOPT_HTTPHEADER => ['X-Api-Key: ' . getenv('ORTTO_API_KEY'), 'Content-Type: application/json'],
    ]);
    $body = curl_exec($call);
    $status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
    if ($status === 503 && $attempts > 1) {
        return find($name, $attempts - 1);
    }
    if ($status !== 200) {
        throw new RuntimeException("Ortto answered $status " . curl_error($call));
    }
    return json_decode($body)[0]->name;
}

echo find($argv[1]), "\n";
