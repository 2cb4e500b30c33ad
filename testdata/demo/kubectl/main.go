// Command kubectl stands in for the Kubernetes client in callgate's demo: it
// connects to the API server that it is told and prints the answer.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	if err := get(os.Args[len(os.Args)-1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func get(addr string) error {
	c, err := net.Dial("tcp", addr) //nolint:gosec // connecting where it is told is its purpose
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = io.Copy(os.Stdout, c)
	return err
}
