#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace voisin::hub {

struct HttpOptions {
  std::string token;  // bearer token (RFC 6750); empty: none
  absl::Duration connect_timeout = absl::Seconds(15);
  // A transfer slower than so many bytes a second, for so long, has stalled and is ended.
  long low_speed_bytes = 1024;
  absl::Duration low_speed_time = absl::Seconds(30);
};

using HttpHeaders = std::map<std::string, std::string>;  // names in lower case

struct HttpResponse {
  long status = 0;
  HttpHeaders headers;

  // Empty when there is no such header.
  std::string Header(const std::string& name) const;
};

// GET over HTTP and HTTPS (libcurl), redirects followed by itself: at most ten, never from HTTPS to HTTP, and the token
// goes only to the scheme, host and port of the URL that was asked for. For one thread.
class HttpClient {
 public:
  // Takes a piece of the body of an answer of 200 or 206; an error ends the transfer and becomes Get's.
  using Body = std::function<absl::Status(const HttpResponse& response, std::string_view piece)>;

  explicit HttpClient(HttpOptions options);
  ~HttpClient();

  // The last answer, whatever its status. Unavailable: no connection, one that broke or stalled. FailedPrecondition: what
  // asking again does not mend, such as a certificate that does not hold or a redirect that is not followed.
  absl::StatusOr<HttpResponse> Get(const std::string& url, const HttpHeaders& headers, const Body& body);

 private:
  struct Transfer;
  absl::Status Perform(const std::string& url, const HttpHeaders& headers, bool with_token,
                       Transfer& transfer);

  const HttpOptions options_;
  const std::unique_ptr<void, void (*)(void*)> curl_;
};

// `text` with all but the unreserved characters of RFC 3986 percent-encoded.
std::string PercentEncode(std::string_view text);

}  // namespace voisin::hub
