# What Windows PowerShell brings in modules of its own, as far as the scripts use it.
Set-StrictMode -Version Latest

function ConvertTo-Json {
    [CmdletBinding()]
    param([Parameter(Mandatory)][AllowNull()]$InputObject, [switch]$Compress, [int]$Depth)
    [JsonText]::Write($InputObject, $Compress)
}

function ConvertFrom-Json {
    [CmdletBinding()]
    param([Parameter(Mandatory, ValueFromPipeline)][string]$InputObject)
    process { [JsonText]::Read($InputObject) }
}

# Time passes in the world alone.
function Start-Sleep {
    [CmdletBinding()]
    param([Parameter(Mandatory)][int]$Seconds)
    $global:World.clock += $Seconds
}

Export-ModuleMember -Function *
