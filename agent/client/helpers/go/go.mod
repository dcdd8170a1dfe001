module github.com/sockscope/sockscope/agent/client/helpers/go

go 1.19
