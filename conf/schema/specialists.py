"""Which genome each specialist trades by."""

from pydantic import Field

from conf.schema.group import Group


class SpecialistsConfig(Group):
    """`default`; `champion`, the promoted one, without which the specialist holds cash; or the path of a genome's JSON
    file, relative to the working directory.
    """

    volatile: str = Field(
        min_length=1, description="default, champion (cash until one is promoted), or a genome's file"
    )
    trending: str = Field(
        min_length=1, description="default, champion (cash until one is promoted), or a genome's file"
    )
    ranging: str = Field(min_length=1, description="default, champion (cash until one is promoted), or a genome's file")
    crisis: str = Field(min_length=1, description="default, champion (cash until one is promoted), or a genome's file")
