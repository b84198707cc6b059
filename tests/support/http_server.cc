#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace voisin::test {
namespace {

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

SeenRequest Parse(const std::string& head) {
  SeenRequest request;
  std::istringstream lines(head);
  std::string method;
  lines >> method >> request.target;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.size() > 1) {
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    request.headers[Lower(line.substr(0, colon))] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

std::string Render(const HttpReply& reply) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) +
                     " Answer\r\nConnection: close\r\nContent-Length: " + std::to_string(reply.body.size()) +
                     "\r\n";
  for (const auto& [name, value] : reply.headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  return text + "\r\n" + reply.body.substr(0, reply.cut_after.value_or(reply.body.size()));
}

void SendAll(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

// False when `stop` became readable first.
bool WaitFor(int fd, int stop) {
  pollfd fds[2] = {{fd, POLLIN, 0}, {stop, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0) {
  }
  return fds[1].revents == 0;
}

// The request's head; empty when the client left or the server stops.
std::string ReceiveHead(int connection, int stop) {
  std::string head;
  char buffer[4096];
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (!WaitFor(connection, stop)) return "";
    const ssize_t got = recv(connection, buffer, sizeof(buffer), 0);
    if (got <= 0) return "";
    head.append(buffer, static_cast<size_t>(got));
  }
  return head;
}

}  // namespace

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool ready = listener_ >= 0 && bind(listener_, any, size) == 0 && listen(listener_, 16) == 0 &&
                     getsockname(listener_, any, &size) == 0 && pipe(stop_) == 0;
  if (!ready) std::abort();
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

HttpServer::~HttpServer() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
  close(listener_);
}

std::vector<SeenRequest> HttpServer::seen() const {
  MutexLock lock(mutex_);
  return seen_;
}

void HttpServer::Serve() {
  while (WaitFor(listener_, stop_[0])) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) continue;
    Answer(connection);
    close(connection);
  }
}

void HttpServer::Answer(int connection) {
  const std::string head = ReceiveHead(connection, stop_[0]);
  if (head.empty()) return;
  const SeenRequest request = Parse(head);
  {
    MutexLock lock(mutex_);
    seen_.push_back(request);
  }
  const HttpReply reply = handler_(request);
  SendAll(connection, Render(reply));
  if (reply.stall) (void)WaitFor(connection, stop_[0]);
}

}  // namespace voisin::test
