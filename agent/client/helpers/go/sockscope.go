// Package sockscope cuts the connections of a program under test, and measures how it connects again. It speaks to the agent of
// Sockscope (sudo sockscope agent serve) over its Unix socket. Filters are those of the command line, such as pid:42 remote:6379.
package sockscope

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

const (
	notFound   = 1008
	maxTargets = 2000
)

// Client is a connection to the agent, for one goroutine at a time or several: requests wait for each other.
type Client struct{ connection *connection }

// Connect reaches the agent of this user, or of the one who called sudo.
func Connect() (*Client, error) {
	uid := os.Getuid()
	if called, err := strconv.Atoi(os.Getenv("SUDO_UID")); err == nil && uid == 0 {
		uid = called
	}
	connection, err := dial(uid)
	if err != nil {
		return nil, err
	}
	if err := connection.initialize(); err != nil {
		connection.stream.Close()
		return nil, err
	}
	return &Client{connection}, nil
}

// Close also ends the outages of this client.
func (c *Client) Close() error { return c.connection.stream.Close() }

// Request makes any request of the protocol, and reads its result into a pointer.
func (c *Client) Request(method string, params, result any) error {
	return c.connection.request(method, params, result)
}

// Endpoint is one end of a connection.
type Endpoint struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
}

// Owner is a process that holds a socket.
type Owner struct {
	Pid  int    `json:"pid"`
	Name string `json:"name"`
}

// Target names one socket exactly.
type Target struct {
	Netns    int       `json:"netns"`
	Cookie   string    `json:"cookie"`
	Protocol string    `json:"protocol"`
	Local    Endpoint  `json:"local"`
	Remote   *Endpoint `json:"remote"`
}

// Socket is one socket of a listing.
type Socket struct {
	Target
	State  string  `json:"state"`
	Owners []Owner `json:"owners"`
}

// List returns every socket that matches now.
func (c *Client) List(filter string) ([]Socket, error) {
	var sockets []Socket
	params := map[string]string{"filter": filter}
	for {
		var page struct {
			Rows   []Socket `json:"jsonRows"`
			Cursor *string  `json:"cursor"`
		}
		if err := c.Request("sockets/listJson", params, &page); err != nil {
			return nil, err
		}
		sockets = append(sockets, page.Rows...)
		if page.Cursor == nil {
			return sockets, nil
		}
		params["cursor"] = *page.Cursor
	}
}

// Destroy aborts what matches, and returns the outcome of each, such as destroyed; the processes live on.
func (c *Client) Destroy(filter string) ([]string, error) {
	sockets, err := c.List(filter)
	if err != nil {
		return nil, err
	}
	var outcomes []string
	for len(sockets) > 0 {
		page := sockets[:min(maxTargets, len(sockets))]
		sockets = sockets[len(page):]
		targets := make([]Target, len(page))
		for at, socket := range page {
			targets[at] = socket.Target
		}
		var result struct {
			Endings []struct {
				Outcome string `json:"outcome"`
			} `json:"endings"`
			Of []int `json:"of"`
		}
		if err := c.Request("sockets/destroy", map[string]any{"targets": targets}, &result); err != nil {
			return outcomes, err
		}
		for _, ending := range result.Of {
			outcomes = append(outcomes, result.Endings[ending].Outcome)
		}
	}
	return outcomes, nil
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// Outage holds a remote down until its time is over, or stop is called. What matches is destroyed at its start; in a blackhole it stalls.
func (c *Client) Outage(filter, fault string, duration time.Duration) (stop func() error, err error) {
	params := map[string]any{"filter": filter, "fault": fault, "forMs": duration.Milliseconds(), "detach": false}
	var started struct {
		Outage struct {
			ID int `json:"id"`
		} `json:"outage"`
	}
	if err := c.Request("outages/start", params, &started); err != nil {
		return nil, err
	}
	return func() error {
		var stopped struct{}
		err := c.Request("outages/stop", map[string]int{"id": started.Outage.ID}, &stopped)
		var refused *Error
		if errors.As(err, &refused) && refused.Code == notFound {
			return nil // it has ended already
		}
		return err
	}, nil
}

// DrillOptions of zero value is one round without a pause or an outage.
type DrillOptions struct {
	// Times is the number of rounds; 0 means 1.
	Times int
	// Every is the pause from the end of a round to the next one.
	Every time.Duration
	// Wait is how long a round waits for what was cut; 0 means 30 s.
	Wait time.Duration
	// End is which end is aborted, local or peer; empty means local.
	End string
	// Fault holds the remote down after the cut for Down: refused, unreachable, denied or blackhole; empty means none.
	Fault string
	Down  time.Duration
}

// Round is one of a drill. Milliseconds count from the cut; those that are nil have not come.
type Round struct {
	Round          int      `json:"round"`
	Verdict        string   `json:"verdict"`
	Message        string   `json:"message"`
	Cut            int      `json:"cut"`
	Recovered      int      `json:"recovered"`
	AttemptCount   int      `json:"attemptCount"`
	AllRecoveredMs *float64 `json:"allRecoveredMs"`
	Exit           *struct {
		Pid  int    `json:"pid"`
		Name string `json:"name"`
	} `json:"exit"`
}

// Drill destroys what matches, round by round, and measures how it connects again.
func (c *Client) Drill(filter string, options DrillOptions) ([]Round, error) {
	var hold any
	if options.Fault != "" {
		hold = map[string]any{"fault": options.Fault, "ms": options.Down.Milliseconds()}
	}
	if options.Times == 0 {
		options.Times = 1
	}
	if options.Wait == 0 {
		options.Wait = 30 * time.Second
	}
	if options.End == "" {
		options.End = "local"
	}
	params := map[string]any{
		"filter": filter, "times": options.Times, "everyMs": options.Every.Milliseconds(), "jitter": 0,
		"waitMs": options.Wait.Milliseconds(), "end": options.End, "oneOfPool": false, "hold": hold, "drill": 1,
	}
	var result struct {
		Rounds []Round `json:"rounds"`
	}
	err := c.Request("drills/run", params, &result)
	return result.Rounds, err
}

// ReconnectsWithin drills, and fails unless all that was cut was back in this time, counted from the cut, in each round.
func (c *Client) ReconnectsWithin(within time.Duration, filter string, options DrillOptions) error {
	options.Wait = within
	rounds, err := c.Drill(filter, options)
	if err != nil {
		return err
	}
	most := float64(within.Microseconds()) / 1000
	for _, round := range rounds {
		if round.Exit != nil || round.AllRecoveredMs == nil || *round.AllRecoveredMs > most {
			return fmt.Errorf("round %d: %s: %s (expected within %s)", round.Round, round.Verdict, round.Message, within)
		}
	}
	return nil
}
