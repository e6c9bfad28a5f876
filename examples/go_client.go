// Finds audiences of Ortto by name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

const api = "https://api.ap3api.com/v1/audiences/get"

func find(name string, attempts int) (string, error) {
	body, _ := json.Marshal(map[string]any{"search_term": name, "limit": 1})
	request, err := http.NewRequest("POST", api, strings.NewReader(string(body)))
	if err != nil {
		return "", err
	}
	request.Header.Set("X-Api-Key", os.Getenv("ORTTO_API_KEY"))
	request.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	if reply.StatusCode == 503 && attempts > 1 {
		return find(name, attempts-1)
	}
	if reply.StatusCode != 200 {
		return "", fmt.Errorf("Ortto answered %d", reply.StatusCode)
	}
	content, err := io.ReadAll(reply.Body)
	return string(content), err
}

func main() {
	found, err := find(os.Args[1], 2)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(found)
}
