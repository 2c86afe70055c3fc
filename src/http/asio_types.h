#pragma once
// The Asio types of the server, on its one io_context: sockets of any kind, timers, and the yield of a stackful
// coroutine. Only for .cc files and headers inside this module, since it is slow to compile.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <chrono>

namespace laneway {

namespace asio = boost::asio;
using IoError = boost::system::error_code;
using IoExecutor = asio::io_context::executor_type;
using IoYield = asio::basic_yield_context<IoExecutor>;
using IoSocket = asio::basic_stream_socket<asio::generic::stream_protocol, IoExecutor>;
using IoTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

}  // namespace laneway
