"""Product endpoints: create, read, search, replace and delete."""

from itertools import islice

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import paging, product_records


def create_product(call: Call, world: World) -> object:
    """Stores a product; replaces an existing one if `update` is set. Problem: product_already_exists."""
    product = call.body["product"]
    if product_records.get(world, product["externalId"]) and not call.body.get("update", False):
        raise Problem("product_already_exists")
    product_records.save(world, product)
    return NOTHING


def get_product(call: Call, world: World) -> object:
    """Returns the product. Problem: product_not_found."""
    return product_records.render(world, product_records.require(world, call.params["externalProductId"]))


def update_product(call: Call, world: World) -> object:
    """Replaces a product. Problems: product_not_found, product_id_mismatch."""
    id, product = call.params["externalProductId"], call.body["product"]
    product_records.require(world, id)
    if product["externalId"] != id:
        raise Problem("product_id_mismatch")
    product_records.save(world, product)
    return NOTHING


def delete_product(call: Call, world: World) -> object:
    """Deletes a product. Problem: product_not_found."""
    id = call.params["externalProductId"]
    product_records.require(world, id)
    product_records.remove(world, id)
    return NOTHING


def search_products(call: Call, world: World) -> object:
    """Returns a page of the products that have `member=value`, case-insensitively."""
    name, _, value = call.params["MPSearchQuery"].partition("=")
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = list(islice(product_records.find(world, name, value), skip, skip + size + 1))
    products = [product_records.render(world, one) for one in found[:size]]
    return {"paging": paging.render(call, len(found), size), "products": products}


def list_product_properties(_call: Call, world: World) -> object:
    """Returns the names of all custom properties that products have."""
    return [{"name": name} for name in product_records.custom_properties(world)]
