package sockscope_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	sockscope "github.com/sockscope/sockscope/agent/client/helpers/go"
)

// visit asks the server for a page, over the connection that the client keeps where that is alive.
func visit(client *http.Client, server *httptest.Server) error {
	answer, err := client.Get(server.URL)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// start serves pages, with a client that asks for one all the time, and the filter of its connections.
func start(t *testing.T) (*http.Client, *httptest.Server, string) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	client := server.Client()
	if err := visit(client, server); err != nil {
		t.Fatal(err)
	}
	ended, working := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(working)
		for {
			select {
			case <-ended:
				return
			case <-time.After(20 * time.Millisecond):
				_ = visit(client, server) // it is cut from time to time
			}
		}
	}()
	t.Cleanup(func() {
		close(ended)
		<-working
		server.Close()
	})
	return client, server, fmt.Sprintf("pid:%d remote:%d", os.Getpid(), server.Listener.Addr().(*net.TCPAddr).Port)
}

func connect(t *testing.T) *sockscope.Client {
	client, err := sockscope.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestReconnects(t *testing.T) {
	agent := connect(t)
	_, _, filter := start(t)
	options := sockscope.DrillOptions{Times: 2, Every: 100 * time.Millisecond}
	if err := agent.ReconnectsWithin(20*time.Second, filter, options); err != nil {
		t.Error(err)
	}
	down := sockscope.DrillOptions{Fault: "refused", Down: 500 * time.Millisecond}
	if err := agent.ReconnectsWithin(20*time.Second, filter, down); err != nil {
		t.Error(err)
	}
	err := agent.ReconnectsWithin(200*time.Millisecond, filter, down)
	if err == nil || !strings.Contains(err.Error(), "round 1: ") {
		t.Errorf("it was down for longer than that, and the answer is %v", err)
	}
}

func TestOutage(t *testing.T) {
	agent := connect(t)
	client, server, filter := start(t)
	stop, err := agent.Outage(filter, "refused", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := visit(client, server); err == nil {
		t.Error("a visit succeeds while the server is down")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Errorf("to stop it again is an error: %v", err)
	}
	if err := visit(client, server); err != nil {
		t.Error(err)
	}
}

func TestDestroy(t *testing.T) {
	agent := connect(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	victim, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	filter := fmt.Sprintf("pid:%d remote:%d", os.Getpid(), listener.Addr().(*net.TCPAddr).Port)
	sockets, err := agent.List(filter)
	if err != nil || len(sockets) != 1 || sockets[0].State != "established" || sockets[0].Owners[0].Pid != os.Getpid() {
		t.Fatalf("the list has %v, %v", sockets, err)
	}
	outcomes, err := agent.Destroy(filter)
	if err != nil || len(outcomes) != 1 || outcomes[0] != "destroyed" {
		t.Fatalf("outcomes are %v, %v", outcomes, err)
	}
	if _, err := victim.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNABORTED) {
		t.Errorf("the victim reads %v", err)
	}
	var refused *sockscope.Error
	if _, err := agent.List("remot:1"); !errors.As(err, &refused) || refused.Code != 1001 {
		t.Errorf("a wrong filter ends with %v", err)
	}
}
