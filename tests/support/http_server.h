#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace voisin::test {

struct SeenRequest {
  std::string target;                          // path and query
  std::map<std::string, std::string> headers;  // names in lower case
};

struct HttpReply {
  int status = 200;
  std::map<std::string, std::string> headers = {};  // besides Content-Length, which is the body's size
  std::string body = {};
  std::optional<size_t> cut_after = {};  // the connection ends after so many bytes of the body
  bool stall = false;                    // instead of ending, it falls silent until the client leaves
};

// An HTTP/1.1 server for GET on a free port of the loopback address: one request a connection, one connection at a time.
class HttpServer {
 public:
  using Handler = std::function<HttpReply(const SeenRequest&)>;

  // `handler` runs on the server's thread.
  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // What was asked so far.
  std::vector<SeenRequest> seen() const;

 private:
  void Serve();
  void Answer(int connection);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  int stop_[2] = {-1, -1};  // a pipe; readable when the server stops
  mutable Mutex mutex_;
  std::vector<SeenRequest> seen_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace voisin::test
