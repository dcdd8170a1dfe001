package sockscope

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// Of agent/protocol/compatibility.ts: agents with another number are asked for nothing.
const protocol = 24

// A listing has about a megabyte in a page, and a drill lists at most so many attempts.
const maxMessage = 64 << 20

// ErrNoAgent is what Connect fails with where no agent serves this user.
var ErrNoAgent = errors.New("no agent runs: start it with sudo sockscope agent serve")

// Error is an answer of the agent; Code is that of the protocol.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

type request struct {
	Version string `json:"jsonrpc"`
	ID      int    `json:"id,omitempty"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

type answer struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  *Error          `json:"error"`
}

// connection has one request at a time: JSON-RPC with the framing of the Language Server Protocol.
type connection struct {
	mutex  sync.Mutex
	stream net.Conn
	reader *bufio.Reader
	last   int
}

// dial connects to a socket that only root can have put there: another program could pose as the agent.
func dial(uid int) (*connection, error) {
	path := fmt.Sprintf("/run/sockscope/%d/agent.sock", uid)
	for _, folder := range []string{"/run/sockscope", filepath.Dir(path)} {
		if err := requireRoots(folder); err != nil {
			return nil, asNoAgent(err)
		}
	}
	if info, err := os.Lstat(path); err != nil {
		return nil, asNoAgent(err)
	} else if ownerOf(info) != uid {
		return nil, fmt.Errorf("%s belongs to another user", path)
	}
	stream, err := net.Dial("unix", path)
	if err != nil {
		return nil, asNoAgent(err)
	}
	return &connection{stream: stream, reader: bufio.NewReader(stream)}, nil
}

func asNoAgent(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNoAgent
	}
	return err
}

func requireRoots(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	if !info.IsDir() || ownerOf(info) != 0 || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be changed by others than root, so its socket may not be the agent's", folder)
	}
	return nil
}

func ownerOf(info os.FileInfo) int {
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

func (c *connection) initialize() error {
	params := map[string]any{
		"processId":             os.Getpid(),
		"rootUri":               nil,
		"capabilities":          struct{}{},
		"initializationOptions": map[string]any{"version": "go", "protocol": protocol},
	}
	var result struct {
		Capabilities struct {
			Experimental struct {
				Version  string `json:"version"`
				Protocol int    `json:"protocol"`
			} `json:"experimental"`
		} `json:"capabilities"`
	}
	if err := c.request("initialize", params, &result); err != nil {
		return err
	}
	if agent := result.Capabilities.Experimental; agent.Protocol != protocol {
		return fmt.Errorf("the agent has protocol %d, version %s, and this package protocol %d: update one of them",
			agent.Protocol, agent.Version, protocol)
	}
	return c.send(request{Version: "2.0", Method: "initialized", Params: struct{}{}})
}

// request reads the answer into result. Notifications that come meanwhile are not used here.
func (c *connection) request(method string, params, result any) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.last++
	if err := c.send(request{Version: "2.0", ID: c.last, Method: method, Params: params}); err != nil {
		return err
	}
	for {
		message, err := c.receive()
		if err != nil {
			return fmt.Errorf("the agent has hung up: %w", err)
		}
		if message.ID != c.last || message.Method != "" {
			continue
		}
		if message.Error != nil {
			return message.Error
		}
		return json.Unmarshal(message.Result, result)
	}
}

func (c *connection) send(message request) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stream, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

func (c *connection) receive() (answer, error) {
	var message answer
	header, err := textproto.NewReader(c.reader).ReadMIMEHeader()
	if err != nil {
		return message, err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || length < 0 || length > maxMessage {
		return message, errors.New("what answers at the place of the agent is no agent of Sockscope")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.reader, body); err != nil {
		return message, err
	}
	return message, json.Unmarshal(body, &message)
}
