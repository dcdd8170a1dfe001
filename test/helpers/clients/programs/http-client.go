// Go's net/http with a timeout, over one kept-alive connection: a request every fifth of a second. Its argument is the port.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func get(client *http.Client, url string) error {
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func main() {
	client := &http.Client{Timeout: time.Second}
	ready := false
	for {
		// The next one may succeed.
		if err := get(client, "http://127.0.0.1:"+os.Args[1]+"/"); err == nil && !ready {
			fmt.Println("ready")
			ready = true
		}
		time.Sleep(200 * time.Millisecond)
	}
}
