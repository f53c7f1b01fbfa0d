#include <sealsync/detail/virtual_base.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <type_traits>

namespace {

using sealsync::detail::virtual_base;

struct counted final : virtual_base {
    explicit counted(int& deaths) : deaths_{deaths} {}
    ~counted() override { ++deaths_; }
    int& deaths_;
};

TEST_CASE("virtual_base: what is owned through it is destroyed as what it is") {
    int deaths = 0;
    std::unique_ptr<virtual_base> owned = std::make_unique<counted>(deaths);
    owned.reset();
    CHECK(deaths == 1);
}

TEST_CASE("virtual_base: nothing that derives from it is copied or moved") {
    CHECK(std::has_virtual_destructor_v<virtual_base>);
    CHECK_FALSE(std::is_copy_constructible_v<counted>);
    CHECK_FALSE(std::is_move_constructible_v<counted>);
    CHECK_FALSE(std::is_copy_assignable_v<virtual_base>);
}

} // namespace
