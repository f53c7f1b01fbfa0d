// usage: sign_requests <requests
// Signs what each line of its input describes, for tests that compare with another signer. A line is made of fields
// `name=value`, with a space between them and the value percent-encoded: location (as s3_location::parse reads it),
// access, secret, token, time (seconds since 1970), payload (always, automatic), method, key, any number of
// query=NAME=VALUE and header=NAME=VALUE, body, hash (of it: for presigned ones), and lifetime (seconds: presign it).
// Of each, a line is written: the URL, and for what is not presigned a tab and the authorization.

#include <sealsync/clock/manual_clock.hpp>
#include <sealsync/ext/s3/botan_s3_crypto.hpp>
#include <sealsync/s3/s3_signing_authority.hpp>

#include <iostream>
#include <map>

using namespace sealsync;

namespace {

using authority = s3_signing_authority<botan_s3_crypto, manual_clock>;

struct description {
    std::map<std::string, std::string, std::less<>> fields{};
    std::vector<s3_parameter> query{};
    std::vector<http_header> headers{};

    [[nodiscard]] std::string field(std::string_view name) const {
        const auto at = fields.find(name);
        return at == fields.end() ? std::string{} : at->second;
    }
    [[nodiscard]] std::int64_t number(std::string_view name) const { return std::stoll(field(name)); }
};

[[nodiscard]] std::pair<std::string_view, std::string_view> halves(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) throw std::runtime_error{"no equals sign: " + std::string{text}};
    return {text.substr(0, equals), text.substr(equals + 1)};
}

[[nodiscard]] description read(std::string_view line) {
    description out;
    while (!line.empty()) {
        const auto [name, value] = halves(line.substr(0, line.find(' ')));
        line.remove_prefix(std::min(line.size(), name.size() + value.size() + 2));
        if (name != "query" && name != "header") {
            out.fields[std::string{name}] = uri_decoded(value).value();
            continue;
        }
        const auto [inner_name, inner_value] = halves(value);
        auto key = uri_decoded(inner_name).value(), content = uri_decoded(inner_value).value();
        if (name == "query") {
            out.query.push_back({std::move(key), std::move(content)});
        } else {
            out.headers.push_back({std::move(key), std::move(content)});
        }
    }
    return out;
}

[[nodiscard]] http_method method_of(std::string_view name) {
    for (const auto one :
         {http_method::get, http_method::head, http_method::put, http_method::post, http_method::remove}) {
        if (name_of(one) == name) return one;
    }
    throw std::runtime_error{"no method: " + std::string{name}};
}

[[nodiscard]] std::string presigned(authority& signer, const description& wanted) {
    return signer
        .presign({.method = method_of(wanted.field("method")),
                  .key = wanted.field("key"),
                  .query = wanted.query,
                  .headers = wanted.headers,
                  .payload_hash = digest256::parse(wanted.field("hash"))},
                 std::chrono::seconds{wanted.number("lifetime")})
        .value()
        .url;
}

[[nodiscard]] std::string signed_by_headers(authority& signer, const description& wanted) {
    const auto body = wanted.field("body");
    const auto made = signer
                          .authorise({.method = method_of(wanted.field("method")),
                                      .key = wanted.field("key"),
                                      .query = wanted.query,
                                      .headers = wanted.headers,
                                      .body = body})
                          .value();
    return made.url + "\t" + made.headers.back().value;
}

} // namespace

int main() {
    try {
        for (std::string line; std::getline(std::cin, line);) {
            const auto wanted = read(line);
            const auto payload =
                wanted.field("payload") == "always" ? s3_payload_signing::always : s3_payload_signing::automatic;
            authority signer{
                s3_location::parse(wanted.field("location")).value(),
                fixed_s3_credentials({wanted.field("access"), wanted.field("secret"), wanted.field("token")}),
                manual_clock{wall_time{std::chrono::seconds{wanted.number("time")}}}, payload};
            std::cout << (wanted.field("lifetime").empty() ? signed_by_headers(signer, wanted)
                                                           : presigned(signer, wanted))
                      << '\n';
        }
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
    return 0;
}
