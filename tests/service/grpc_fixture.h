#pragma once

#include <gtest/gtest.h>

#include <sstream>

#include "clients/cpp/client.h"
#include "service/grpc_server.h"
#include "service/log.h"
#include "tests/service/fake_engine.h"

namespace voisin::test {

// A server on a free loopback port over a FakeEngine, and a client of it.
class GrpcTest : public testing::Test {
 protected:
  GrpcTest() { config_.address = "127.0.0.1:0"; }

  void Start() {
    auto server = service::GrpcServer::Start(engine_, config_, *log_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = client::Client::Connect(server_->address(), options_);
  }

  FakeEngine engine_;
  service::ServerConfig config_;
  client::Options options_{.timeout = absl::Seconds(20)};
  std::ostringstream lines_;
  std::unique_ptr<service::Log> log_ =
      service::LogToStream(lines_, service::LogFormat::json, service::LogLevel::debug);
  std::unique_ptr<service::GrpcServer> server_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace voisin::test
